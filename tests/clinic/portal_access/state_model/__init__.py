"""The law of the portal once more, small and in memory, written from product.md §2 and §3 and security.md.

It knows no database and no code of ours. Refusals bear the contract's names. Each rule looks first and writes last, so
that a refusal leaves nothing behind but counted attempts.
"""
