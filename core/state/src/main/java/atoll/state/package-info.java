/**
 * State as values: what can be saved says so as a record, and {@link atoll.state.StateFormat} gives
 * a tree of records its one binary form, with one version on the whole.
 *
 * <p>Must not be here: whose state it is.
 */
package atoll.state;
