/* Fills the archive that libmediasoup-worker names; the program itself links the system library. */
int ms_overlay_stub;
