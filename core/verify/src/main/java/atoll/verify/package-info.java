/**
 * The gate through which all translated code becomes executable, and the verifier behind it.
 *
 * <p>What is here believes nothing about code but its bytes, and shares nothing with who has made
 * it. What belongs to one kind of processor is behind {@link HostCode}. {@code docs/isolation.md}
 * says what is proven, and what is left to trust.
 */
package atoll.verify;
