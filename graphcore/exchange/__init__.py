"""What leaves the program: experiments that run without it."""
