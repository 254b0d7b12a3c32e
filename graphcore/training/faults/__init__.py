"""Why a run failed, said in plain words, and on which block."""
