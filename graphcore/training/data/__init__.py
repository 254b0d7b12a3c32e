"""What is learnt from: sources, arrays, normalisation, augmentation, and the fit to a network."""
