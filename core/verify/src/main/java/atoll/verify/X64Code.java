package atoll.verify;

/**
 * Code of x86-64: proven by {@link PieceVerifier}, which alone uses {@link InstructionDecoder},
 * {@link PieceIdioms} and {@link GuestAddresses}.
 */
public final class X64Code extends HostCode {
  /** Bytes of a jump, a call, and of a number that is put into EAX. */
  private static final int NEAR = 5;

  private static final int JUMP = 0xe9;
  private static final int CALL = 0xe8;
  private static final int MOV_EAX = 0xb8;

  /** The only one. */
  public static final X64Code INSTANCE = new X64Code();

  private X64Code() {}

  @Override
  PieceProof proof(StateLayout state, ExitCodes exits, EntryPoints entries) {
    return new PieceVerifier(state, exits, entries);
  }

  @Override
  int jump(byte[] into, int from, int to) {
    near(into, 0, JUMP, to - (from + NEAR));
    return NEAR;
  }

  @Override
  int exit(byte[] into, int at, int exitCode, Routines routines) {
    near(into, 0, MOV_EAX, exitCode);
    near(into, NEAR, CALL, routines.exitResumably() - (at + 2 * NEAR));
    return 2 * NEAR;
  }

  private static void near(byte[] into, int at, int opcode, int operand) {
    into[at] = (byte) opcode;
    Idiom.int32(into, at + 1, operand);
  }

  @Override
  void move(byte[] code, int site, int by) {
    Idiom.int32(code, site, Idiom.int32(code, site) + by);
  }
}
