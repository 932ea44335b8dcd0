"""The replies of a collection: where an evaluation takes them from, and what becomes of them on disk.

Begin with `opening`: it takes them from `live` (asked now) or `replay` (recorded). `manifest` says what
a collection was; `merging`, `cache` and `retention` join, look after and forget. Not here: who asks
(`collect`, `engines`) and how one reply is kept (`store`).
"""
