/**
 * Programs that test: the differential fuzzer and what it is made of. The tests themselves are in
 * {@code src/test}.
 */
package atoll.tests;
