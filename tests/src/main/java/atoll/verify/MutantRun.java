package atoll.verify;

import atoll.engine.x64.SharedCode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Mutants of translated code: those that the verifier accepts are executed by a {@link
 * WatchedProcessor}, from a place near the change on, at which the verifier takes nothing of
 * registers for granted.
 */
public final class MutantRun {
  private static final int RUNS = 3;
  private static final int INSTRUCTIONS = 48;
  private static final int SEGMENTS = 8;

  /** One execution in so many begins at the piece's first entry. */
  private static final int FROM_ENTRY = 8;

  /** Larger pieces take long to verify. */
  private static final int LARGEST = 4000;

  /** One refused mutant in so many is executed, to see that the processor notices anything. */
  private static final int TRIED_REFUSED = 16;

  private final List<CodePiece> pieces = new ArrayList<>();
  private final PieceVerifier verifier;
  private final WatchedProcessor processor;
  private long mutants;
  private long accepted;
  private long refusedTried;
  private long refusedEscapes;
  private final List<String> escapes = new ArrayList<>();

  /**
   * Prepares for mutants of some pieces.
   *
   * @param all in the order of their places, all in one segment
   */
  public MutantRun(List<CodePiece> all, SharedCode shared) {
    EntryPoints entries = new EntryPoints(SEGMENTS, Integer.MAX_VALUE / SEGMENTS);
    for (CodePiece piece : all) {
      for (int entry : piece.entries()) {
        entries.add(entry, true);
      }
      if (piece.code().length <= LARGEST) {
        pieces.add(piece);
      }
    }
    verifier = new PieceVerifier(shared.state(), shared.exits(), entries);
    verifier.routines(shared.routines());
    processor = new WatchedProcessor(shared);
    processor.entries(entries);
  }

  /** Tries some more mutants. */
  public void run(long seed, long count) {
    SplittableRandom random = new SplittableRandom(seed);
    Mutator mutator = new Mutator(random);
    for (long i = 0; i < count; i++) {
      CodePiece piece = pieces.get(random.nextInt(pieces.size()));
      byte[] code = piece.code().clone();
      int changes = random.nextInt(4) == 0 ? 2 : 1;
      for (int n = 0; n < changes; n++) {
        mutator.change(code, pieces.get(random.nextInt(pieces.size())).code());
      }
      mutants++;
      tryOut(
          new CodePiece(piece.origin(), code, piece.entries(), piece.slots()),
          mutator.at(),
          random);
    }
  }

  private void tryOut(CodePiece mutant, int at, SplittableRandom random) {
    if (verifies(mutant)) {
      accepted++;
      for (int i = 0; i < RUNS; i++) {
        executeNear(mutant, at, random);
      }
    } else if (random.nextInt(TRIED_REFUSED) == 0) {
      refusedTried++;
      String escape = execute(mutant, start(mutant), 0, random);
      refusedEscapes += escape == null ? 0 : 1;
    }
  }

  /** Whether the verifier accepts a piece. */
  public boolean verifies(CodePiece piece) {
    try {
      verifier.verify(
          piece.code(),
          piece.code().length,
          piece.origin(),
          piece.entries(),
          piece.entries().length,
          piece.slots());
      return true;
    } catch (RefusedCodeException e) {
      return false;
    }
  }

  private static int start(CodePiece piece) {
    return piece.entries()[0] - piece.origin();
  }

  private void executeNear(CodePiece mutant, int at, SplittableRandom random) {
    int start = at;
    int holds = random.nextInt(FROM_ENTRY) == 0 ? -1 : held(start);
    while (start > 0 && holds < 0) {
      holds = held(--start);
    }
    if (holds < 0) {
      start = start(mutant);
      holds = 0;
    }
    String escape = execute(mutant, start, holds, random);
    if (escape != null) {
      escapes.add(
          "%s, from byte %d, changed at %d: %s"
              .formatted(escape, start, at, HexFormat.of().formatHex(mutant.code())));
    }
  }

  /** What must hold where code may be entered with any registers; -1 where it may not. */
  private int held(int at) {
    for (int holds : new int[] {0, CodeLabels.SLOTS, CodeLabels.CALLED}) {
      if (verifier.labels.leadsBack(at, holds)) {
        return holds;
      }
    }
    return -1;
  }

  private String execute(CodePiece mutant, int start, int holds, SplittableRandom random) {
    try {
      processor.run(
          mutant,
          start,
          (holds & CodeLabels.CALLED) != 0,
          (holds & CodeLabels.SLOTS) != 0,
          INSTRUCTIONS,
          random);
      return null;
    } catch (EscapeException e) {
      return e.getMessage();
    }
  }

  /** What accepted mutants have done that no piece may do. */
  public List<String> escapes() {
    return escapes;
  }

  public long mutants() {
    return mutants;
  }

  public long accepted() {
    return accepted;
  }

  /** Of the refused mutants that were executed, the part that did what no piece may do. */
  public double refusedThatEscape() {
    return (double) refusedEscapes / refusedTried;
  }

  /** How many pieces there are to change. */
  public int pieces() {
    return pieces.size();
  }
}
