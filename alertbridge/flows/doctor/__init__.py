"""What `alertbridge doctor` asks Feishu: about the app, its scopes, the team's people, groups, events.

Each module looks at one thing and returns findings; it leaves nothing behind.
"""
