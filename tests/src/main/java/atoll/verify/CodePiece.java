package atoll.verify;

/**
 * A piece of translated code, as the gate gets it.
 *
 * @param origin where it lies in the code area
 * @param entries where it is entered, as offsets in the code area, in order
 * @param slots null if it has none
 */
@SuppressWarnings("ArrayRecordComponent") // nobody changes them
public record CodePiece(int origin, byte[] code, int[] entries, SlotTable slots) {}
