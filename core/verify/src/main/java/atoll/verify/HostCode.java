package atoll.verify;

/**
 * What the gate knows of the processor that executes the code: how a piece is proven, what is
 * written over one, and how one is moved. There is one for each kind of processor; nothing else in
 * this module but what such a class uses knows any encoding.
 */
public abstract sealed class HostCode permits X64Code {
  HostCode() {}

  /** A verifier for one gate, to which {@code entries} belong. */
  abstract PieceProof proof(StateLayout state, ExitCodes exits, EntryPoints entries);

  /**
   * Encodes a jump from a place to another; it fits where code is entered and over exits that link.
   *
   * @return how many bytes it takes
   */
  abstract int jump(byte[] into, int from, int to);

  /**
   * Encodes an exit at a place, which fits where code is entered.
   *
   * @return how many bytes it takes
   */
  abstract int exit(byte[] into, int at, int exitCode, Routines routines);

  /**
   * Changes a reference to something outside of the piece that it is in.
   *
   * @param by bytes that it is farther away, negative if it is nearer
   */
  abstract void move(byte[] code, int site, int by);
}
