"""One file per revision, ``NNNN_what_it_does.py``, each reversible."""
