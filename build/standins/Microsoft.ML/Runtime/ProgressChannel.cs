namespace Microsoft.ML.Runtime;

/// <summary>The progress of one computation. It is checked, and then goes nowhere: of progress <see cref="MLContext.Log"/> does not hear.</summary>
internal sealed class ProgressChannel : IProgressChannel
{
    private ProgressHeader _header = new();
    private bool _disposed;

    public IProgressChannel StartProgressChannel(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ProgressChannel();
    }

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction) => Volatile.Write(ref _header, header ?? new ProgressHeader());

    /// <summary>The values are the metrics in the order of the header, then the units, and then, for the units, their limits.</summary>
    public void Checkpoint(params double?[] values)
    {
        if (Volatile.Read(ref _disposed))
        {
            throw new InvalidOperationException("Can't report checkpoints after disposing");
        }

        ProgressHeader header = Volatile.Read(ref _header);
        int most = header.MetricNames.Count + (2 * header.UnitNames.Count);
        if (values?.Length > most)
        {
            throw new InvalidOperationException($"Too many values provided in Checkpoint: {values.Length}, where the header has places for {most}");
        }
    }

    public void Dispose() => Volatile.Write(ref _disposed, true);
}
