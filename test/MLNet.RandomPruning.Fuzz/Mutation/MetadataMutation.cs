namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Changes the metadata of a document.</summary>
internal static class MetadataMutation
{
    /// <summary>Changes one text, or which there are.</summary>
    /// <param name="document">The document.</param>
    /// <param name="other">Another file, to take texts from.</param>
    /// <param name="random">The numbers that decide.</param>
    public static void Change(SafetensorsDocument document, byte[] other, FuzzRandom random)
    {
        var texts = document.Metadata;
        if (texts.Count == 0)
        {
            texts.Add(new("format", InterestingValues.Text(random)));
            return;
        }

        int index = random.Next(texts.Count);
        var (key, value) = texts[index];
        switch (random.Next(14))
        {
            case < 6:
                texts[index] = new(key, value is ['{' or '[', ..] ? JsonMutation.Change(value, random) : Plain(key, value, random));
                break;
            case 6:
                texts[index] = new(key, InterestingValues.Text(random));
                break;
            case 7:
                texts.RemoveAt(index);
                break;
            case 8:
                texts.Insert(random.Next(texts.Count), new(random.Chance(0.5) ? key : $"{key}{random.Next(10)}", value));
                break;
            case 9:
                texts[index] = new(InterestingValues.Text(random), value);
                break;
            case 10 when SafetensorsDocument.Parse(other).Text(key) is { } text:
                texts[index] = new(key, text);
                break;
            case 11:
                document.SetText(random.Pick(["removes_channels", "precision", "best.removes_channels"]), random.Pick(["true", "false", "", "float16", "int8", "float32", "int4"]));
                break;
            case 12:
                document.SetText("format_version", random.Pick(["1", "2", "3", "0", "", "1.0"]));
                break;
            default:
                ChangeNetwork(document, random);
                break;
        }
    }

    private static void ChangeNetwork(SafetensorsDocument document, FuzzRandom random)
    {
        var (key, values) = random.Pick<(string, string[])>(
            [("network", InterestingValues.Networks), ("input_shape", InterestingValues.Shapes), ("class_count", InterestingValues.Counts)]);
        document.SetText(key, random.Pick(values));
    }

    private static string Plain(string key, string value, FuzzRandom random)
    {
        if (key == DocumentDigest.Key || value.Length == 0)
        {
            return InterestingValues.Text(random);
        }

        char[] characters = value.ToCharArray();
        characters[random.Next(characters.Length)] = random.Pick(['0', '1', '9', 'x', '-', ' ', '\0', '鳥']);
        return random.Chance(0.5) ? new string(characters) : value[..random.Next(value.Length)];
    }
}
