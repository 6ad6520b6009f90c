"""Write `openapi.json` from `openapi.yaml`."""

from alertbridge.sandbox.contract import FOLDER, as_json, from_yaml

if __name__ == "__main__":
    (FOLDER / "openapi.json").write_bytes(as_json(from_yaml()))
