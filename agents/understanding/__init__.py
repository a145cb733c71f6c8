"""What customers mean, by rules: yes and no, days and times, services, wishes. No model needed."""
