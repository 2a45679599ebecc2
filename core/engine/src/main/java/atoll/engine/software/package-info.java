/**
 * Makes engines and harts. The highest street, which knows all others; those who only use a hart
 * need {@link atoll.engine} alone.
 */
package atoll.engine.software;
