package atoll.tests;

import atoll.isa.Instruction;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Snippets about a guest's memory as HS and M mode see it: accesses by {@code hlv} and {@code hsv},
 * another guest or address space of it, entries of the second stage that change. Elsewhere they
 * trap, and are stepped over.
 */
final class GuestSnippets {
  private static final long SPVP_HU = 3L << 8;
  private static final long GUEST_TRAPS = 7L << 20;
  private static final long SUM_MXR = 3L << 18;
  private static final long FS = 3L << 13;

  /** Also those that need the right to execute. */
  private static final List<Instruction> ACCESSES =
      Instruction.all().stream()
          .filter(i -> i.name().startsWith("hlv") || i.name().startsWith("hsv."))
          .toList();

  private final SnippetText t;
  private final SplittableRandom random;
  private final HotSpace space;

  GuestSnippets(SnippetText text, HotSpace space) {
    t = text;
    random = text.random;
    this.space = space;
  }

  String next() {
    return switch (random.nextInt(8)) {
      case 0 -> switchGuest();
      case 1 -> switchSpace();
      case 2 -> rights();
      case 3, 4 -> changeEntry();
      default -> accesses();
    };
  }

  /**
   * A loop of accesses; not where an entry has changed, of which a hart may still know the old one
   * for guests.
   */
  private String accesses() {
    StringBuilder out = new StringBuilder();
    out.append("la A, 0x%x\nld A, 0(A)\nbnez A, 2f\n".formatted(HotSpace.CHANGED));
    out.append("li A, %d\nli D, %d\n1:\n".formatted(address(), 4 << random.nextInt(5)));
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      out.append(random.nextInt(3) == 0 ? t.several(2) : access());
    }
    out.append(random.nextBoolean() ? "addi A, A, %d\n".formatted(random.nextInt(64)) : "");
    return out + "addi D, D, -1\nbnez D, 1b\n2:";
  }

  private String access() {
    Instruction i = ACCESSES.get(random.nextInt(ACCESSES.size()));
    return i.name() + (i.is(Instruction.LOAD) ? " x%d".formatted(t.free()) : " ?") + ", (A)\n";
  }

  /** A guest's: of the window, of data by either name, or where translation ends. */
  private long address() {
    return switch (random.nextInt(8)) {
      case 0 -> space.edge();
      case 1, 2 -> t.data();
      case 3 -> t.data() + space.userOffset();
      default ->
          space.page(random.nextInt(HotSpace.WINDOW_PAGES))
              + (random.nextBoolean() ? 4096 - random.nextInt(9) : random.nextInt(4096));
    };
  }

  private String switchGuest() {
    return "li A, %d\ncsrw hgatp, A\n".formatted(space.hgatp()) + accesses();
  }

  private String switchSpace() {
    return "li A, %d\ncsrw vsatp, A\n".formatted(random.nextInt(4) == 0 ? 0 : space.satp())
        + accesses();
  }

  /** As whom it is accessed, with which rights, and what traps in the guest. */
  private String rights() {
    String form = random.nextBoolean() ? "csrs" : "csrc";
    String change =
        random.nextBoolean()
            ? "li A, %d\n%s hstatus, A\n".formatted(random.nextLong() & rightsOfHost(), form)
            : "li A, %d\n%s vsstatus, A\n".formatted(random.nextLong() & (SUM_MXR | FS), form);
    return change + accesses();
  }

  private long rightsOfHost() {
    return random.nextInt(4) == 0 ? SPVP_HU | GUEST_TRAPS : SPVP_HU;
  }

  /**
   * A new entry of the second stage, fenced for all guests before anything can use it; only where
   * that fence is allowed, which is where {@code hgatp} may be read.
   */
  private String changeEntry() {
    long page = space.guestPage();
    String fence = random.nextBoolean() ? "hfence.gvma zero, zero\n" : "hfence.gvma C, zero\n";
    return "li B, -1\ncsrr B, hgatp\naddi B, B, 1\nbeqz B, 3f\n"
        + "li A, %d\nli B, %d\nli C, %d\n"
            .formatted(space.guestEntry(page), space.newGuestEntry(page), page >>> 2)
        + "sd B, 0(A)\n"
        + fence
        + "3:\n"
        + accesses();
  }
}
