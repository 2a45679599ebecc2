perl perl.pl
