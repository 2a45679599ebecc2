package atoll.engine;

import java.util.Locale;

/**
 * The widest scheme of page tables that a machine's harts offer; narrower ones go along with it
 * (priv §10.5, §10.6). The second stage of a guest's own hypervisor is limited alike.
 */
public enum Paging {
  /** Three levels, 39 bits of virtual address. */
  SV39(3),

  /** Four levels, 48 bits. */
  SV48(4),

  /** Five levels, 57 bits: everything that there is. */
  SV57(5);

  private final int levels;

  Paging(int levels) {
    this.levels = levels;
  }

  /** In one word, as in the {@code mmu-type} of device trees. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Levels of its tables. */
  public int levels() {
    return levels;
  }
}
