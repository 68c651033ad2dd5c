"""Many files at once: scans of folders, and their tables. Use the names of `fastdcm`."""
