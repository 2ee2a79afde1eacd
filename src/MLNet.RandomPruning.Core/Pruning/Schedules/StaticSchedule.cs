namespace MLNet.RandomPruning.Pruning.Schedules;

// The paper's method: masks are drawn before training and never change.
internal sealed class StaticSchedule : MaskSchedule
{
    public override string Name => "Static";

    public override bool IsStatic => true;

    public override bool UpdatesBefore(long step, int stepsPerEpoch, int epochs) => false;

    public override NetworkMask Update(MaskUpdateContext context) => context.Weights.Mask;
}
