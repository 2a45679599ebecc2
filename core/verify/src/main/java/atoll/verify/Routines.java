package atoll.verify;

import java.util.Set;

/**
 * The subroutines that all pieces share, by their offsets: they lie from 0 to before {@code end}.
 * They are made once, whatever the guest is, and are trusted.
 *
 * @param exit leaves translated code, with the exit code in EAX; to be jumped to
 * @param exitResumably the same, to be called: Java may go on behind the call
 * @param lookUpAgain goes to the program counter in RAX, which the entry at RDX of the jump cache
 *     does not have, or leaves; to be jumped to
 * @param fillSlots has the slots whose header RAX addresses hold for the TLB in use; sets the carry
 *     flag if it cannot
 * @param refillLoads each copies an entry of the table for loads into the slot at RDX
 * @param refillStores each does so with one of the table for stores
 * @param others subroutines that come back, and keep what pieces rely on
 * @param switching subroutines that come back, after which other tables may be in use, or the epoch
 *     may be over; they have done nothing if the carry flag is set
 */
public record Routines(
    int end,
    int exit,
    int exitResumably,
    int lookUpAgain,
    int fillSlots,
    Set<Integer> refillLoads,
    Set<Integer> refillStores,
    Set<Integer> others,
    Set<Integer> switching) {}
