using System.Text;
using MLNet.RandomPruning.Fuzz.Corpus;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>Makes mutated files of a corpus: a pure function of the corpus and the random numbers.</summary>
internal sealed class Mutator(SeedCorpus corpus)
{
    // How often a changed file gets a digest that fits, without which nothing behind the digest's check is reached.
    private const double SignsStructure = 0.85, SignsBytes = 0.4;

    /// <summary>Makes one.</summary>
    public Mutant Make(FuzzRandom random)
    {
        var seed = corpus.Pick(random);
        return random.Next(20) switch
        {
            < 5 => Bytes(seed, seed.File, [seed], "bytes", random),
            5 or 6 => Splice(seed, random),
            7 or 8 => Header(seed, random),
            _ => Structure(seed, random),
        };
    }

    private static Mutant Bytes(Seed seed, byte[] file, IReadOnlyList<Seed> parents, string description, FuzzRandom random)
    {
        int changes = description == "bytes" ? Changes(random) : random.Next(2);
        for (int change = 0; change < changes; change++)
        {
            file = ByteMutation.Change(file, random);
        }

        return Signed(seed, file, parents, $"{description} ({changes} changes)", random);
    }

    private Mutant Splice(Seed seed, FuzzRandom random)
    {
        var other = corpus.Pick(random);
        return Bytes(seed, ByteMutation.Splice(seed.File, other.File, random), [seed, other], $"splice with {other.Name}", random);
    }

    // The header as one JSON text.
    private static Mutant Header(Seed seed, FuzzRandom random)
    {
        int length = (int)BitConverter.ToInt64(seed.File);
        string json = Encoding.UTF8.GetString(seed.File, 8, length);
        int changes = Changes(random);
        for (int change = 0; change < changes; change++)
        {
            json = JsonMutation.Change(json, random);
        }

        byte[] header = Encoding.UTF8.GetBytes(json);
        return Signed(seed, [.. BitConverter.GetBytes((long)header.Length), .. header, .. seed.File[(8 + length)..]], [seed], $"header ({changes} changes)", random);
    }

    private Mutant Structure(Seed seed, FuzzRandom random)
    {
        var document = SafetensorsDocument.Parse(seed.File);
        var description = new StringBuilder("structure:");
        bool repairs = false;
        for (int changes = Changes(random); changes > 0; changes--)
        {
            switch (random.Next(20))
            {
                case < 8:
                    description.Append(" metadata");
                    MetadataMutation.Change(document, corpus.Pick(random).File, random);
                    break;
                case < 14:
                    description.Append(" tensor");
                    TensorMutation.Change(document, random);
                    break;
                case < 17:
                    description.Append(" origin");
                    MaskMutation.ChangeOrigin(document, random);
                    break;
                case 17:
                    description.Append(" kept");
                    MaskMutation.ChangeKept(document, seed.Layers, random);
                    break;
                default:
                    description.Append(" bits");
                    MaskMutation.ChangeBits(document, random);
                    repairs = random.Chance(0.8);
                    break;
            }
        }

        if (repairs)
        {
            MaskMutation.Repair(document, seed.Layers);
            description.Append(" repaired");
        }

        bool signs = seed.Target.HasDigest && random.Chance(SignsStructure);
        if (signs)
        {
            document.Sign();
            description.Append(" signed");
        }

        byte[] file = document.Write();
        return random.Chance(0.05)
            ? new Mutant(ByteMutation.Change(file, random), [seed], signs, description.Append(" bytes").ToString())
            : new Mutant(file, [seed], signs, description.ToString());
    }

    private static Mutant Signed(Seed seed, byte[] file, IReadOnlyList<Seed> parents, string description, FuzzRandom random)
    {
        if (!seed.Target.HasDigest || !random.Chance(SignsBytes) || SafetensorsDocument.TryParse(file) is not { } document)
        {
            return new Mutant(file, parents, IsSigned: false, description);
        }

        document.Sign();
        return new Mutant(document.Write(), parents, IsSigned: true, $"{description} signed");
    }

    // One change mostly; many hide each other.
    private static int Changes(FuzzRandom random)
    {
        int changes = 1;
        while (changes < 6 && random.Chance(0.35))
        {
            changes++;
        }

        return changes;
    }
}
