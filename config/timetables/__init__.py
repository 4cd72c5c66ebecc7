"""Published timetables: what they are made of, how their files are read, what is wrong."""
