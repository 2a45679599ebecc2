package atoll.state;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The binary form of a state: a mark, one version for the whole, and the tree of its records. A
 * state of an older version is brought up to date, step by step, before records are made of it.
 *
 * @param <T> the record at the root
 */
public final class StateFormat<T extends Record> {
  private final byte[] mark;
  private final Class<T> type;
  private final int oldest;
  private final List<Upgrade> upgrades;

  /** Brings a state of one version to the next. */
  @FunctionalInterface
  public interface Upgrade {
    /** The same state as the next version says it. */
    Value.Fields upgrade(Value.Fields older);
  }

  /**
   * A format.
   *
   * @param mark by which files of it are known: ASCII characters
   * @param oldest the oldest version that can be read
   * @param upgrades from each version since then to the next; so the present version is {@code
   *     oldest + upgrades.size()}
   */
  public StateFormat(String mark, Class<T> type, int oldest, List<Upgrade> upgrades) {
    this.mark = mark.getBytes(StandardCharsets.US_ASCII);
    this.type = type;
    this.oldest = oldest;
    this.upgrades = List.copyOf(upgrades);
  }

  /** The version that is written. */
  public int version() {
    return oldest + upgrades.size();
  }

  /** The bytes of a state. */
  public byte[] encode(T state) {
    ValueWriter writer = new ValueWriter();
    writer.raw(mark);
    writer.unsigned(version());
    writer.write(RecordCodec.toValue(state));
    return writer.bytes();
  }

  /**
   * The state that bytes are of, which anybody may have made.
   *
   * @throws StateException if they are no state, one of a version that is not known, or damaged
   */
  public T decode(byte[] bytes) {
    ValueReader reader = new ValueReader(bytes);
    if (!reader.skips(mark)) {
      throw new StateException(
          "not a saved state: it does not begin with '%s'"
              .formatted(new String(mark, StandardCharsets.US_ASCII)));
    }
    long version = reader.unsigned();
    if (version < oldest || version > version()) {
      throw new StateException(
          "the saved state has version %s; this Atoll reads versions %d to %d: use the one that saved it"
              .formatted(Long.toUnsignedString(version), oldest, version()));
    }
    return RecordCodec.fromValue(upgrade(reader.last(), (int) version), type);
  }

  private Value upgrade(Value read, int version) {
    Value value = read;
    for (int from = version; from < version() && value instanceof Value.Fields fields; from++) {
      value = upgrades.get(from - oldest).upgrade(fields);
    }
    return value;
  }
}
