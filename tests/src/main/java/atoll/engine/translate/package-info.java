/** Translated code for tests, without a hart that runs it. */
package atoll.engine.translate;
