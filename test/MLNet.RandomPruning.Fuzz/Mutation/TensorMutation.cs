using System.Buffers.Binary;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Changes the tensors of a document; unless places are changed too, the file stays well-formed.</summary>
internal static class TensorMutation
{
    /// <summary>Changes one tensor, or which there are.</summary>
    public static void Change(SafetensorsDocument document, FuzzRandom random)
    {
        var tensors = document.Tensors;
        if (tensors.Count == 0)
        {
            tensors.Add(new DocumentTensor("conv.weight", "F32", "[1]", new byte[4]));
            return;
        }

        int index = random.Next(tensors.Count), other = random.Next(tensors.Count);
        var tensor = tensors[index];
        switch (random.Next(12))
        {
            case 0:
                tensors.RemoveAt(index);
                break;
            case 1:
                tensors.Insert(other, tensor with { Name = random.Chance(0.5) ? tensor.Name : $"{tensor.Name}.{random.Next(10)}" });
                break;
            case 2:
                tensors[index] = tensor with { Name = random.Chance(0.5) ? InterestingValues.Text(random) : random.Pick([$"{tensor.Name}.mask", $"{tensor.Name}.scale", "__metadata__", "blocks.999999999.bn1.bias", $"module.{tensor.Name}"]) };
                break;
            case 3:
                (tensors[index], tensors[other]) = (tensors[other] with { Name = tensor.Name }, tensor with { Name = tensors[other].Name });
                break;
            case 4:
                tensors[index] = Retyped(tensor, random.Pick(InterestingValues.Types), random);
                break;
            case 5:
                tensors[index] = tensor with { Shape = Shape(tensor, random) };
                break;
            case 6:
                tensors[index] = tensor with { Offsets = Offsets(tensor, random) };
                break;
            case 7:
                tensors[index] = Resized(tensor, random.Chance(0.5) ? random.Next(2 * Elements(tensor) + 2) : Elements(tensor) + random.Between(-1, 1));
                break;
            case 8:
                document.Extra = $",\"{random.Pick(["extra", "conv.weight", "__metadata__"])}\":{InterestingValues.Json(random)}";
                break;
            default:
                tensors[index] = tensor with { Data = Values(tensor.Data, random) };
                break;
        }
    }

    /// <summary>The tensor with another number of elements of its type.</summary>
    public static DocumentTensor Resized(DocumentTensor tensor, int elements)
    {
        byte[] data = tensor.Data;
        Array.Resize(ref data, Math.Max(elements, 0) * SizeOf(tensor.ElementType));
        return tensor with { Data = data, Shape = $"[{Math.Max(elements, 0)}]" };
    }

    /// <summary>The number of a tensor's elements.</summary>
    public static int Elements(DocumentTensor tensor) => tensor.Data.Length / SizeOf(tensor.ElementType);

    private static int SizeOf(string type) => type switch { "F32" or "I32" or "U32" => 4, "F64" or "I64" or "U64" => 8, "F16" or "BF16" or "I16" or "U16" => 2, _ => 1 };

    // Of the same number of elements or of the same number of bytes.
    private static DocumentTensor Retyped(DocumentTensor tensor, string type, FuzzRandom random)
    {
        var retyped = tensor with { ElementType = type };
        return random.Chance(0.5) ? Resized(retyped, Elements(tensor)) : Resized(retyped, tensor.Data.Length / SizeOf(type));
    }

    private static string Shape(DocumentTensor tensor, FuzzRandom random)
    {
        int count = Elements(tensor);
        return random.Next(10) switch
        {
            0 => $"[{count},1]",
            1 => $"[1,{count}]",
            2 => "[]",
            3 => $"[{count},0]",
            4 when count % 2 == 0 => $"[2,{count / 2}]",
            5 => $"[{string.Join(",", Enumerable.Repeat("1", random.Length(3000)))},{count}]",
            6 => "[4294967296,4294967296]",
            7 => $"[{random.Pick(InterestingValues.Numbers)}]",
            8 => $"[{count + random.Between(-2, 2)}]",
            _ => InterestingValues.Json(random),
        };
    }

    private static string Offsets(DocumentTensor tensor, FuzzRandom random) => random.Next(5) switch
    {
        0 => $"[0,{tensor.Data.Length}]",
        1 => $"[{random.Next(5000)},{random.Next(5000)}]",
        2 => $"[{random.Pick(InterestingValues.Numbers)},{random.Pick(InterestingValues.Numbers)}]",
        3 => $"[{random.Pick(InterestingValues.Numbers)}]",
        _ => InterestingValues.Json(random),
    };

    private static byte[] Values(byte[] data, FuzzRandom random)
    {
        byte[] changed = [.. data];
        if (data.Length < 4 || random.Chance(0.2))
        {
            foreach (ref byte value in changed.AsSpan())
            {
                value = random.Byte();
            }

            return changed;
        }

        int places = random.Chance(0.1) ? data.Length / 4 : random.Length(4);
        float same = random.Pick(InterestingValues.Floats);
        for (int place = 0; place < places; place++)
        {
            int at = places == data.Length / 4 ? place : random.Next(data.Length / 4);
            BinaryPrimitives.WriteSingleLittleEndian(changed.AsSpan(4 * at), random.Chance(0.5) ? same : BitConverter.UInt32BitsToSingle((uint)random.Bits()));
        }

        return changed;
    }
}
