"""Series as volumes: what makes a stack, where it lies in the patient, what is wrong with it.

Use the names of `fastdcm`: `fastdcm.load_series`, `fastdcm.find_series`. The files of this package, from below:
`frame` (what is known of one frame), `headers` and `enhanced` (where that is read), `geometry` (planes and
distances), `stack` (which frames belong together, and in which order), `defects` (what is wrong), `series`,
`reading` (pixels), `volume`.
"""
