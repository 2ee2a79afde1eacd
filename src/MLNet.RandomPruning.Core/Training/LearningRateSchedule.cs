namespace MLNet.RandomPruning.Training;

/// <summary>
/// How the learning rate moves during training, as a share of the recipe's rate: a pure function of the step, so that a resumed
/// run continues exactly. Each schedule is one small class with an entry in the registry below.
/// </summary>
public abstract record LearningRateSchedule
{
    private static readonly (string Name, Func<string, LearningRateSchedule?> Read)[] Registry =
    [
        (MultiStepSchedule.ScheduleName, MultiStepSchedule.Read),
        (CosineSchedule.ScheduleName, WithoutArguments(() => new CosineSchedule())),
        (OneCycleSchedule.ScheduleName, WithoutArguments(() => new OneCycleSchedule())),
        (ConstantSchedule.ScheduleName, WithoutArguments(() => new ConstantSchedule())),
    ];

    /// <summary>The names of all schedules.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Registry.Select(entry => entry.Name)];

    /// <summary>The schedule's name in the registry.</summary>
    public abstract string Name { get; }

    /// <summary>The share of the recipe's learning rate that a step uses.</summary>
    /// <param name="step">The step, counted from 0 over all epochs; below <paramref name="stepsPerEpoch"/> × <paramref name="epochs"/>.</param>
    /// <param name="stepsPerEpoch">The number of steps in each epoch, at least 1.</param>
    /// <param name="epochs">The number of epochs, at least 1.</param>
    /// <returns>A share from 0 to 1.</returns>
    public abstract double ShareAt(long step, int stepsPerEpoch, int epochs);

    /// <summary>
    /// Reads a schedule's text, in any case: <c>multi-step</c>, <c>cosine</c>, <c>one-cycle</c> or <c>constant</c>;
    /// <c>multi-step:80,120</c> names the epochs and <c>multi-step:80,120:0.2</c> the factor as well.
    /// </summary>
    /// <exception cref="ArgumentException">It is no such text.</exception>
    public static LearningRateSchedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string name = (colon < 0 ? text : text[..colon]).Trim();
        string arguments = colon < 0 ? "" : text[(colon + 1)..];
        foreach (var entry in Registry)
        {
            if (string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase) && entry.Read(arguments) is { } schedule)
            {
                return schedule;
            }
        }

        throw new ArgumentException(
            $"'{text}' is not a known learning-rate schedule: allowed are {string.Join(", ", Names)}, "
            + "and multi-step:80,120 or multi-step:80,120:0.2 with epochs (ascending, each at least 1) and a factor (above 0, below 1).", nameof(text));
    }

    /// <summary>The text that <see cref="Parse"/> reads back as the same schedule.</summary>
    public sealed override string ToString() => Arguments.Length == 0 ? Name : $"{Name}:{Arguments}";

    /// <summary>What follows the name in the schedule's text; empty when everything has its default.</summary>
    private protected virtual string Arguments => "";

    private static Func<string, LearningRateSchedule?> WithoutArguments(Func<LearningRateSchedule> make) =>
        arguments => arguments.Length == 0 ? make() : null;
}
