"""The paper's experiments, run again: each module with a `main` is a command (docs/experiments.md)."""
