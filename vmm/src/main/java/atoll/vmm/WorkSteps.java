package atoll.vmm;

/**
 * What a machine's vCPUs have done in steps, since nobody may do it at a stretch.
 *
 * @param steps done so far
 * @param longest units of {@link atoll.device.ExitBudget} that the longest of them has spent
 */
public record WorkSteps(long steps, long longest) {}
