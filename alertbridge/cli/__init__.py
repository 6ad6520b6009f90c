"""The command line: `alertbridge <noun> <verb>`. Each command loads what it needs when it runs."""
