# Regular expressions, hashes, sorting and string building.
use strict;
use warnings;
use integer;

my $seed = 1;
sub number { $seed = ($seed * 1103515245 + 12345) & 0x7fffffff; return $seed >> 8 }

my @words = map { join '', map { chr(97 + number() % 26) } 1 .. 3 + number() % 6 } 1 .. 30000;
my %count;
$count{$_}++ for @words;
my @common = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "@common[0 .. 19]\n";
my $text = join ' ', @words;
my $vowels = () = $text =~ /\b[aeiou]\w*[^aeiou\s]\b/g;
(my $changed = $text) =~ s/(\w)(\w+)/\u$1\L$2/g;
my %by_length;
push @{ $by_length{ length $_ } }, scalar reverse $_ for @words;
print "$vowels ", substr($changed, 0, 200), "\n";
print join(' ', map { "$_:" . scalar(@{ $by_length{$_} }) . ':' . (sort @{ $by_length{$_} })[0] } sort keys %by_length), "\n";
my @sieve = (1) x 200000;
for my $i (2 .. 447) { next unless $sieve[$i]; for (my $j = $i * $i; $j < @sieve; $j += $i) { $sieve[$j] = 0 } }
my $primes = grep { $_ } @sieve[2 .. $#sieve];
print "$primes\n";
