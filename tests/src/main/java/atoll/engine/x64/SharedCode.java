package atoll.engine.x64;

import atoll.host.RawMemory;
import atoll.verify.ExitCodes;
import atoll.verify.Routines;
import atoll.verify.StateLayout;

/**
 * The subroutines that pieces of code share, and what the verifier is told.
 *
 * @param code the subroutines, which lie at 0
 */
@SuppressWarnings("ArrayRecordComponent") // nobody changes them
public record SharedCode(byte[] code, Routines routines, StateLayout state, ExitCodes exits) {
  private static final int BYTES = 4096;

  /** Those of a code area. */
  public static SharedCode of(CodeArea area) {
    byte[] code = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      code[i] = RawMemory.getByte(area.address(i));
    }
    return new SharedCode(
        code, area.trampolines.routines(BYTES), CodeContract.STATE, CodeContract.EXITS);
  }
}
