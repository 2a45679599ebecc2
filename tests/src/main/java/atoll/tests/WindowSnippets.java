package atoll.tests;

import static atoll.tests.SnippetText.LOADS;
import static atoll.tests.SnippetText.STORES;

import java.util.List;
import java.util.SplittableRandom;

/** Snippets about translated addresses: the window's pages, their ends, entries that change. */
final class WindowSnippets {
  private static final String[] FENCES = {
    "sfence.vma @, zero\n",
    "sfence.vma @, B\n",
    "sinval.vma @, zero\n",
    "sfence.w.inval\nsinval.vma @, B\nsfence.inval.ir\n",
    "hfence.vvma @, zero\n",
    "hfence.vvma @, B\n",
    "hfence.gvma @, B\n",
    "hinval.vvma @, B\n",
    "hinval.gvma @, zero\n",
    "fence.i\n",
    "fence.tso\n",
    "cbo.flush (C)\n",
    "cbo.clean (C)\n",
    "cbo.inval (C)\n",
    "cbo.zero (C)\n"
  };

  /** Also where they are not aligned. */
  private static final String[] AMOS = {
    "amoadd.w x0, ?, (A)\n", "amoswap.d C, ?, (A)\n", "amominu.w C, ?, (A)\n", ""
  };

  private final SnippetText t;
  private final SplittableRandom random;
  private final HotSpace space;
  private final List<Long> functions;
  private final long patchable;

  WindowSnippets(SnippetText text, HotSpace space, List<Long> functions, long patchable) {
    t = text;
    random = text.random;
    this.space = space;
    this.functions = functions;
    this.patchable = patchable;
  }

  String windowAccess() {
    long va = space.page(random.nextInt(HotSpace.WINDOW_PAGES));
    va += random.nextBoolean() ? 4096 - random.nextInt(9) : random.nextInt(4096);
    String atomic = t.one("amoadd.w", "amoswap.d", "amomaxu.w", "amoxor.d");
    return "li A, %d\n".formatted(va)
        + switch (random.nextInt(5)) {
          case 0 -> "andi A, A, -8\n" + atomic + " x%d, ?, (A)".formatted(t.free());
          case 1 -> "andi A, A, -8\nlr.d B, (A)\nsc.d C, ?, (A)";
          case 2 -> "cbo.zero (A)";
          default -> t.access("A") + t.access("A");
        };
  }

  /** A loop of accesses across the end of a page of the window: any frames, any rights. */
  String acrossPages() {
    long border = space.page(random.nextInt(HotSpace.WINDOW_PAGES)) + 4096;
    StringBuilder out = new StringBuilder();
    out.append("li A, %d\nli B, %d\n1:\n".formatted(16 << random.nextInt(5), border));
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      out.append(random.nextInt(3) == 0 ? t.integer() : acrossBorder("B"));
    }
    return out + "addi A, A, -1\nbnez A, 1b";
  }

  /** An access to some bytes before an address, most often to some behind it as well. */
  private String acrossBorder(String border) {
    String address = " %d(%s)\n".formatted(-random.nextInt(8), border);
    return switch (random.nextInt(6)) {
      case 0 -> t.one("fld", "flw", "flh") + " f%d,".formatted(random.nextInt(32)) + address;
      case 1 -> t.one("fsd", "fsw", "fsh") + " f%d,".formatted(random.nextInt(32)) + address;
      case 2, 3 -> t.one(STORES) + " ?," + address;
      default -> t.one(LOADS) + " x%d,".formatted(t.free()) + address;
    };
  }

  /** A loop that writes what is there anyway, to a page of code and the page before it. */
  String acrossIntoCode() {
    String type = t.one("h", "w", "d");
    String address = " B, %d(C)\n".formatted(-1 - random.nextInt(7));
    return "li A, %d\nla C, 0x%x\n1:\n".formatted(16 << random.nextInt(3), patchable & -4096L)
        + ("l" + type + address + "s" + type + address)
        + t.several(2)
        + "addi A, A, -1\nbnez A, 1b\njal ra, 0x%x".formatted(functions.getFirst());
  }

  String edgeAccess() {
    return "li A, %d\n".formatted(space.edge())
        + (random.nextBoolean()
            ? t.one(LOADS) + " B, %d(A)".formatted(random.nextInt(32) - 16)
            : t.one(STORES) + " ?, %d(A)".formatted(random.nextInt(32) - 16));
  }

  /**
   * A new entry, fenced before anything can use it: what an engine has cached must not show. It is
   * written only where the fence is allowed, which is where {@code satp} may be read; other address
   * spaces with the same tables are fenced by the dispatcher.
   */
  String changeEntry() {
    int page = random.nextInt(HotSpace.WINDOW_PAGES);
    String fence = random.nextBoolean() ? "sfence.vma\n" : "sfence.vma C, zero\n";
    return "li B, -1\ncsrr B, satp\naddi B, B, 1\nbeqz B, 1f\n"
        + "li A, %d\nsd B, 0(A)\n".formatted(HotSpace.CHANGED)
        + "li A, %d\nli B, %d\nli C, %d\n"
            .formatted(space.entry(page), space.newEntry(), space.page(page))
        + "sd B, 0(A)\n"
        + fence
        + "1: li A, 0\nli C, %d\n".formatted(space.page(page))
        + t.access("C");
  }

  /**
   * A loop that maps a page to two frames in turn, fenced before anything can use it: what is
   * stored there is loaded by other names, and executed if it is code.
   */
  String remappedLoop() {
    int page = random.nextInt(HotSpace.WINDOW_PAGES);
    String fence = t.one("sfence.vma C, zero\n", "sfence.vma C, zero\n", "sfence.vma\n");
    return "li B, -1\ncsrr B, satp\naddi B, B, 1\nbeqz B, 2f\n"
        + "li A, %d\nsd B, 0(A)\n".formatted(HotSpace.CHANGED)
        + "li A, %d\nli B, %d\nli C, %d\nli D, %d\n"
            .formatted(
                space.entry(page), space.newEntry(), space.page(page), 4 << random.nextInt(5))
        + "1: sd B, 0(A)\n"
        + fence
        + t.access("C")
        + (random.nextBoolean() ? t.access("C") : t.several(2))
        + "xori B, B, 0x400\naddi D, D, -1\nbnez D, 1b\n2:";
  }

  String switchSpace() {
    return "li A, %d\ncsrw satp, A\n".formatted(space.satp())
        + (random.nextInt(3) == 0 ? "sfence.vma" : "");
  }

  /** Accesses to a page between fences of every kind, by address or of all. */
  String fences() {
    String address = random.nextInt(4) == 0 ? t.one("zero", "?") : "C";
    return "li C, %d\nli D, %d\nli B, %d\n1:\n"
            .formatted(
                space.page(random.nextInt(HotSpace.WINDOW_PAGES)) + random.nextInt(4096),
                4 << random.nextInt(5),
                random.nextInt(16))
        + t.access("C")
        + t.one(FENCES).replace("@", address)
        + t.access("C")
        + "addi D, D, -1\nbnez D, 1b";
  }

  /** A loop of a load-reserved, something, and a store-conditional, whose success is seen. */
  String reservations() {
    String type = t.one("w", "d");
    long place =
        random.nextBoolean() ? space.page(random.nextInt(HotSpace.WINDOW_PAGES)) + 64 : t.data();
    long address = random.nextInt(8) == 0 ? place : place & -8;
    return "li A, %d\nli D, %d\n1: lr.%s B, (A)\n".formatted(address, 8 << random.nextInt(5), type)
        + t.one(t.several(3), "pause\n", t.access("A"), "")
        + "sc.%s C, ?, (A)\nbnez C, 2f\n".formatted(t.one(type, type, type, "d"))
        + t.one(AMOS)
        + "2: addi D, D, -1\nbnez D, 1b";
  }
}
