"""Published models as their authors and the usual libraries write them by hand, for timing the
generated ones against: a class a family. None of them works in place (``ReLU(inplace=True)``): nor
do the diagrams, as it changes what a skip has taken hold of."""
