package atoll.engine.x64;

import atoll.engine.target.CodeArea;
import atoll.host.RawMemory;
import atoll.verify.ExitCodes;
import atoll.verify.Routines;
import atoll.verify.StateLayout;
import java.util.Set;

/**
 * The subroutines that pieces of code share, and what the verifier is told.
 *
 * @param code the subroutines, which lie at 0
 * @param traps those that put the hart into another mode
 */
@SuppressWarnings("ArrayRecordComponent") // nobody changes them
public record SharedCode(
    byte[] code, Routines routines, Set<Integer> traps, StateLayout state, ExitCodes exits) {
  private static final int BYTES = 4096;

  /** Those of a code area. */
  public static SharedCode of(CodeArea area) {
    byte[] code = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      code[i] = RawMemory.getByte(area.address(i));
    }
    X64Traps traps = ((X64Emitter) area.blocks).trampolines.traps;
    return new SharedCode(
        code,
        area.routines,
        Set.of(traps.call, traps.supervisorReturn),
        CodeContract.STATE,
        CodeContract.EXITS);
  }
}
