namespace MLNet.RandomPruning.Pruning.Schedules;

/// <summary>All mask schedules by name. A new one is a class of its own and a line here.</summary>
internal static class MaskScheduleRegistry
{
    public static MaskSchedule Find(string name) =>
        string.Equals(name.Trim(), MaskSchedule.Static.Name, StringComparison.OrdinalIgnoreCase)
            ? MaskSchedule.Static
            : throw new ArgumentException($"'{name}' is not a known mask schedule.", nameof(name));
}
