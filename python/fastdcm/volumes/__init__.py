"""Series as volumes: what makes a stack, where it lies in the patient, what is wrong with it.

Use the names of `fastdcm`: `fastdcm.load_series`, `fastdcm.find_series`. The files here, from below: `frame`
(what is known of one frame), `geometry` (planes and distances), `headers`, `enhanced`, `dose` and `mosaic`
(where frames are read), `stack` (which frames belong together, in which order), `defects` (what is wrong),
`reading` (pixels), `shear`, `volume`, `series`.
"""
