"""The network and its losses; torch only."""
