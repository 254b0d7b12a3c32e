"""The runs of a document: found, named, compared, kept and thrown away."""
