package atoll.vmm;

/**
 * The work that a machine's vCPUs have done in steps, since it was too long for one exit.
 *
 * @param steps done so far
 * @param longest units of {@link atoll.device.ExitBudget} that the longest of them has spent
 */
public record WorkSteps(long steps, long longest) {}
