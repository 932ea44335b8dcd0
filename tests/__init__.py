"""Is the monitor right? Offline: the wire is scripted, the model under test is not asked."""
