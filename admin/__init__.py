"""The staff's panel: views and forms only, never rules."""
