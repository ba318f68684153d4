"""The core: the rules that hold for every caller. It knows no HTTP, GraphQL, SMTP or PDF."""
