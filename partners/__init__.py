"""Organizations that stand behind the campaign."""
