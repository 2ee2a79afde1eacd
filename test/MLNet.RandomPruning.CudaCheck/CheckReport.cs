using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>Everything that was found.</summary>
internal sealed record CheckReport(
    MachineDescription Machine, CheckSizes Sizes, IReadOnlyList<ParityRow> Parity, IReadOnlyList<TrainingRow> Training, IReadOnlyList<SpeedRow> Speed)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // What went wrong may be that a number is none.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Whether every parity bound holds.</summary>
    public bool Passed => Parity.All(row => row.Differences.All(difference => difference.Holds));

    public void Print()
    {
        foreach (var row in Parity)
        {
            foreach (var difference in row.Differences.Where(difference => !difference.Holds))
            {
                Console.Error.WriteLine(
                    $"CudaCheck: {row.Case}, sparsity {row.Sparsity:P0}: {difference.Name} differs by {difference.Found:G3}, but may by {difference.Bound:G3}.");
            }
        }

        Console.WriteLine(Passed ? "All parity bounds hold." : "Not all parity bounds hold.");
        Console.WriteLine(JsonSerializer.Serialize(this, Json));
    }
}
