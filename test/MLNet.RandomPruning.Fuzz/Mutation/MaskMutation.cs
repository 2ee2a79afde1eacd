using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json.Nodes;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Changes what a document says of its masks so that the rest of it follows, as far as that can be known without the library.</summary>
internal static class MaskMutation
{
    private const string MaskKey = "mask";

    /// <summary>Changes one part of what makes the masks.</summary>
    public static void ChangeOrigin(SafetensorsDocument document, FuzzRandom random)
    {
        if (Description(document) is not { } description)
        {
            return;
        }

        if (description["origin"] is not JsonObject origin)
        {
            // Masks that are in the file are said to be a seed's, or seeds' masks to be in the file.
            description["origin"] = new JsonObject { ["layerwiseRatio"] = "ERK", ["sparsity"] = random.Pick([0, 0.5, 0.8, 0.98]), ["seed"] = random.Next(100), ["sampling"] = "Exact" };
            document.SetText(MaskKey, description.ToJsonString());
            return;
        }

        switch (random.Next(8))
        {
            case 0:
                origin["layerwiseRatio"] = random.Pick(InterestingValues.Ratios);
                break;
            case 1:
                origin["sparsity"] = random.Pick([0, 0.1, 0.5, 0.7999, 0.8, 0.9, 0.98, 0.99999, 1, -1, 1e-300]);
                break;
            case 2:
                origin["seed"] = random.Pick([0, 1, -1, 17, long.MaxValue, long.MinValue]);
                break;
            case 3:
                origin["sampling"] = random.Pick(InterestingValues.Samplings);
                break;
            case 4:
                origin["granularity"] = random.Pick(InterestingValues.Granularities);
                break;
            case 5:
                int layers = (description["kept"] as JsonArray)?.Count ?? 0;
                double density = random.Pick([0, 1e-320, 1e-9, 0.2, 0.5, 1, 2, -1]);
                origin["layerwiseRatio"] = random.Pick(["SNIP", "GraSP"]);
                origin["densities"] = new JsonArray([.. Enumerable.Range(0, layers + random.Next(3) - 1).Select(_ => (JsonNode)(random.Chance(0.1) ? 0.9 : density))]);
                break;
            default:
                description["origin"] = null;
                break;
        }

        document.SetText(MaskKey, description.ToJsonString());
    }

    /// <summary>Changes a layer's kept count, and the length of its weights with it.</summary>
    public static void ChangeKept(SafetensorsDocument document, IReadOnlyList<string> layers, FuzzRandom random)
    {
        if (Description(document) is not { } description || description["kept"] is not JsonArray kept || kept.Count != layers.Count || layers.Count == 0)
        {
            return;
        }

        int layer = random.Next(layers.Count);
        int count = Math.Max(0, random.Pick([0, 1, 3, 1000, (kept[layer] is JsonValue value && value.TryGetValue(out int old) ? old : 0) + random.Between(-3, 3)]));
        kept[layer] = count;
        document.SetText(MaskKey, description.ToJsonString());
        Resize(document, layers[layer], count);
    }

    /// <summary>Changes bits of a packed mask.</summary>
    public static void ChangeBits(SafetensorsDocument document, FuzzRandom random)
    {
        int[] masks = [.. Enumerable.Range(0, document.Tensors.Count).Where(index => document.Tensors[index].Name.EndsWith(".mask", StringComparison.Ordinal))];
        if (masks.Length == 0)
        {
            return;
        }

        int index = random.Pick(masks);
        byte[] bits = [.. document.Tensors[index].Data];
        switch (random.Next(3))
        {
            case 0:
                Array.Fill(bits, random.Pick([(byte)0, (byte)0xff, (byte)1]));
                break;
            default:
                for (int flips = bits.Length == 0 ? 0 : random.Length(8); flips > 0; flips--)
                {
                    bits[random.Next(bits.Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
        }

        document.Tensors[index] = document.Tensors[index] with { Data = bits };
    }

    /// <summary>Makes counts, checksums and lengths of weights follow from the packed masks.</summary>
    public static void Repair(SafetensorsDocument document, IReadOnlyList<string> layers)
    {
        if (Description(document) is not { } description || description["kept"] is not JsonArray kept || kept.Count != layers.Count
            || description["checksums"] is not JsonValue value || !value.TryGetValue(out string? checksums) || checksums.Length != 16 * layers.Count)
        {
            return;
        }

        char[] digits = checksums.ToCharArray();
        for (int layer = 0; layer < layers.Count; layer++)
        {
            if (document.Tensors.Find(tensor => tensor.Name == $"{layers[layer]}.mask") is { } mask)
            {
                int count = mask.Data.Sum(bits => BitOperations.PopCount(bits));
                kept[layer] = count;
                Checksum(mask.Data).ToString("x16").CopyTo(digits.AsSpan(16 * layer));
                Resize(document, layers[layer], count);
            }
        }

        description["checksums"] = new string(digits);
        document.SetText(MaskKey, description.ToJsonString());
    }

    // FNV-1a over the bits in words of eight bytes.
    private static ulong Checksum(byte[] bits)
    {
        Span<byte> word = stackalloc byte[8];
        ulong hash = 14695981039346656037;
        for (int at = 0; at < bits.Length; at += 8)
        {
            word.Clear();
            bits.AsSpan(at, Math.Min(8, bits.Length - at)).CopyTo(word);
            foreach (byte part in word)
            {
                hash = (hash ^ part) * 1099511628211;
            }
        }

        return hash;
    }

    private static void Resize(SafetensorsDocument document, string layer, int count)
    {
        int index = document.Tensors.FindIndex(tensor => tensor.Name == $"{layer}.weight");
        if (index >= 0)
        {
            document.Tensors[index] = TensorMutation.Resized(document.Tensors[index], count);
        }
    }

    private static JsonObject? Description(SafetensorsDocument document) =>
        document.Text(MaskKey) is { } text ? JsonMutation.TryParse(text) as JsonObject : null;
}
