package atoll.api;

import atoll.vmm.Outcome;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The program counter and the integer registers of a hart at one moment.
 *
 * @param hart its number, from 0
 * @param values by ABI name ({@code ra}, {@code sp}, {@code a0}...), {@code pc} first
 */
public record Registers(int hart, Map<String, Long> values) {
  /** Keeps the order. */
  public Registers {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * The program counter.
   *
   * @return the guest's own address of the next instruction
   */
  public long pc() {
    return get("pc");
  }

  /**
   * One of them.
   *
   * @param name {@code pc} or an ABI name
   * @return its 64 bits
   * @throws AtollException if there is none of that name; {@link Vm#register} knows more
   */
  public long get(String name) {
    Long value = values.get(name);
    if (value == null) {
      throw new AtollException(
          "there is no register '%s' here, expected one of %s".formatted(name, values.keySet()));
    }
    return value;
  }

  /**
   * As a table for people.
   *
   * @return lines of four
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("hart " + hart);
    int column = 0;
    for (Map.Entry<String, Long> register : values.entrySet()) {
      text.append(column++ % 4 == 0 ? "\n" : " ");
      text.append("%5s %016x".formatted(register.getKey(), register.getValue()));
    }
    return text.toString();
  }

  /** Those of a hart, as they are reported. */
  static Registers of(Outcome.HartReport hart) {
    return new Registers(hart.hart(), hart.registers());
  }
}
