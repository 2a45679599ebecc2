/**
 * Keys of Ed25519 in the user's configuration folder: the user's own, by which other hosts know
 * this one, those of hosts that are trusted, and TLS that is made of both. What the keys are used
 * for is not known here.
 */
package atoll.keys;
