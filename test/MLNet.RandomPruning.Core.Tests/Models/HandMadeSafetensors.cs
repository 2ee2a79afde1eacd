using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>
/// Safetensors files put together by hand from the page that describes the format, and the reference network's state dictionary as
/// PyTorch lists it.
/// </summary>
internal sealed class HandMadeSafetensors
{
    public sealed record Tensor(string Name, string ElementType, long[] Shape, byte[] Data);

    public List<Tensor> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    public byte[] Bytes()
    {
        var header = new StringBuilder("{");
        if (Metadata.Count > 0)
        {
            header.Append("\"__metadata__\":").Append(JsonSerializer.Serialize(Metadata)).Append(',');
        }

        int offset = 0;
        foreach (var tensor in Tensors)
        {
            header.Append(JsonSerializer.Serialize(tensor.Name)).Append(":{\"dtype\":\"").Append(tensor.ElementType).Append("\",\"shape\":[").AppendJoin(',', tensor.Shape)
                .Append("],\"data_offsets\":[").Append(offset).Append(',').Append(offset += tensor.Data.Length).Append("]},");
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToString().TrimEnd(',') + "}");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. Tensors.SelectMany(tensor => tensor.Data)];
    }

    public MemoryStream Stream() => new(Bytes());

    public HandMadeSafetensors Replace(string name, Func<Tensor, Tensor> change)
    {
        int index = Tensors.FindIndex(tensor => tensor.Name == name);
        Tensors[index] = change(Tensors[index]);
        return this;
    }

    public HandMadeSafetensors Without(Predicate<string> isLeftOut)
    {
        Tensors.RemoveAll(tensor => isLeftOut(tensor.Name));
        return this;
    }

    public HandMadeSafetensors With(string key, string text)
    {
        Metadata[key] = text;
        return this;
    }

    /// <summary>All tensors under another name.</summary>
    public HandMadeSafetensors Renamed(Func<string, string> rename)
    {
        for (int index = 0; index < Tensors.Count; index++)
        {
            Tensors[index] = Tensors[index] with { Name = rename(Tensors[index].Name) };
        }

        return this;
    }

    /// <summary>The state dictionary of a network whose weights are zero with some probability, and the values of its tensors by name.</summary>
    public static (HandMadeSafetensors File, Dictionary<string, float[]> Values) StateDictionary(
        int depth, int width, int channels, int classes, double sparsity, int seed, Func<string, string>? elementTypeOf = null)
    {
        var random = new Random(seed);
        var file = new HandMadeSafetensors();
        var values = new Dictionary<string, float[]>();
        foreach (var (name, shape) in Names(depth, width, channels, classes))
        {
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                file.Tensors.Add(new Tensor(name, "I64", [], [7, 1, 0, 0, 0, 0, 0, 0]));
                continue;
            }

            string type = elementTypeOf?.Invoke(name) ?? "F32";
            double fanIn = shape.Length > 1 ? shape.Skip(1).Aggregate(1.0, (product, length) => product * length) : 1;
            float[] data = new float[shape.Aggregate(1L, (product, length) => product * length)];
            for (int index = 0; index < data.Length; index++)
            {
                double uniform = 2 * random.NextDouble() - 1;
                double value = shape.Length > 1 ? (random.NextDouble() < sparsity ? 0 : Math.Sqrt(6 / fanIn / (1 - sparsity)) * uniform)
                    : name.EndsWith("running_var", StringComparison.Ordinal) ? 1 + 0.9 * uniform
                    : name.EndsWith("weight", StringComparison.Ordinal) ? 1 + 0.5 * uniform
                    : 0.5 * uniform;

                // Seven bits after the first are exact in every type.
                data[index] = value == 0 ? 0 : (float)(Math.Round(value / Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(value))) - 7)) * Math.Pow(2, Math.Floor(Math.Log2(Math.Abs(value))) - 7));
            }

            values.Add(name, data);
            file.Tensors.Add(new Tensor(name, type, shape, Encode(type, data)));
        }

        return (file, values);
    }

    public static byte[] Encode(string elementType, params float[] values) => [.. values.SelectMany(value => elementType switch
    {
        "F32" => BitConverter.GetBytes(value),
        "F64" => BitConverter.GetBytes((double)value),
        "F16" => BitConverter.GetBytes((Half)value),
        "BF16" => BitConverter.GetBytes(value)[2..],
        _ => throw new ArgumentException(elementType),
    })];

    // As network.state_dict() lists them.
    private static IEnumerable<(string Name, long[] Shape)> Names(int depth, int width, int channels, int classes)
    {
        int perStage = (depth - 2) / 6;
        var names = new List<(string, long[])> { ("conv.weight", [width, channels, 3, 3]) };
        AddNorm(names, "bn", width);
        long inputs = width;
        for (int block = 0; block < 3 * perStage; block++)
        {
            long filters = width << (block / perStage);
            names.Add(($"blocks.{block}.conv1.weight", [filters, inputs, 3, 3]));
            AddNorm(names, $"blocks.{block}.bn1", filters);
            names.Add(($"blocks.{block}.conv2.weight", [filters, filters, 3, 3]));
            AddNorm(names, $"blocks.{block}.bn2", filters);
            if (filters != inputs)
            {
                names.Add(($"blocks.{block}.shortcut.0.weight", [filters, inputs, 1, 1]));
                AddNorm(names, $"blocks.{block}.shortcut.1", filters);
            }

            inputs = filters;
        }

        names.Add(("fc.weight", [classes, inputs]));
        names.Add(("fc.bias", [classes]));
        return names;
    }

    private static void AddNorm(List<(string, long[])> names, string layer, long channels)
    {
        foreach (string suffix in new[] { "weight", "bias", "running_mean", "running_var" })
        {
            names.Add(($"{layer}.{suffix}", [channels]));
        }

        names.Add(($"{layer}.num_batches_tracked", []));
    }
}
