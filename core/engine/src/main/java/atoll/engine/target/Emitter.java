package atoll.engine.target;

import atoll.emit.CodeBuffer;
import atoll.verify.Routines;

/**
 * Writes host code into a buffer of its own, one piece after another. Who has the piece begun, at
 * its place, and ended is the {@link CodeArea} or the {@link CodeBench} that it works for.
 *
 * <p>The subroutines that all pieces share are made with it and lie at the beginning of every code
 * area, at the same places for all emitters of a target.
 */
public interface Emitter {
  /** Where code is written. Until the first piece is begun it has the shared subroutines. */
  CodeBuffer buffer();

  /** The shared subroutines' places, which are before {@code end}. */
  Routines routines(int end);

  /**
   * Where an area is entered: a C function of the code's address and the state block's, which
   * returns an exit code.
   */
  int entry();

  /**
   * Bytes at an entry, or of an exit that links, that are overwritten when that is dropped; so many
   * lie before the place at which either would be resumed.
   */
  int head();

  /** The exit code of an exit that may be replaced with a jump, at a place in the piece. */
  int exitCode(int site);
}
