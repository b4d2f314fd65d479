// Whether a column holds something about a person: by the words of its name and comment, and by what its values look like.
#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "core/lookup.h"
#include "core/name_tokens.h"
#include "core/text_runs.h"

namespace relsynth::core {

namespace {

constexpr size_t looked_at = 1000;  // distinct values

// Words that say it alone, in several languages.
const std::set<std::string_view> &personal_words() {
  static const std::set<std::string_view> words = {
      "email",        "mail",      "emailaddress", "phone",     "telephone", "phonenumber", "mobile",     "cellphone", "fax",
      "firstname",    "lastname",  "surname",      "forename",  "givenname", "fullname",    "middlename", "maiden",    "nickname",
      "birthdate",    "birthday",  "birth",        "dob",       "ssn",       "passport",    "iban",       "bic",       "username",
      "login",        "password",  "passwd",       "pwd",       "address",   "addr",        "address1",   "address2",  "street",
      "biography",    "bio",       "ip",           "ipaddress", "signature", "nachname",    "vorname",    "strasse",   "straße",
      "geburtsdatum", "telefon",   "telefono",     "teléfono",  "adresse",   "prenom",      "prénom",     "rue",       "courriel",
      "apellido",     "apellidos", "correo",       "direccion", "dirección", "calle",       "nacimiento", "cognome",   "indirizzo",
      "sobrenome",    "endereco",  "endereço",     "fname",     "lname",     "creditcard",  "cardnumber", "comment",   "comments",
      "remark",       "remarks",   "note",         "notes",     "feedback",  "bemerkung",   "anmerkung",  "fullnames"};
  return words;
}

// Two words next to each other.
const std::set<std::pair<std::string_view, std::string_view>> &personal_pairs() {
  static const std::set<std::pair<std::string_view, std::string_view>> pairs = {
      {"first", "name"},    {"last", "name"},      {"middle", "name"},      {"family", "name"},     {"given", "name"},
      {"full", "name"},     {"user", "name"},      {"nick", "name"},        {"contact", "name"},    {"customer", "name"},
      {"employee", "name"}, {"person", "name"},    {"student", "name"},     {"teacher", "name"},    {"patient", "name"},
      {"author", "name"},   {"owner", "name"},     {"member", "name"},      {"manager", "name"},    {"actor", "name"},
      {"director", "name"}, {"player", "name"},    {"holder", "name"},      {"client", "name"},     {"birth", "date"},
      {"birth", "day"},     {"date", "birth"},     {"account", "number"},   {"account", "no"},      {"card", "number"},
      {"card", "no"},       {"credit", "card"},    {"bank", "account"},     {"social", "security"}, {"passport", "number"},
      {"tax", "number"},    {"license", "number"}, {"insurance", "number"}, {"tel", "no"},          {"tel", "number"},
      {"cell", "number"},   {"ip", "addr"},        {"login", "name"},       {"cell", "phone"},      {"home", "town"},
      {"ship", "address"},  {"license", "plate"},  {"ship", "name"}};
  return pairs;
}

// A last word that turns the name into something about the thing: address_type, email_verified.
const std::set<std::string_view> &neutral_words() {
  static const std::set<std::string_view> words = {"type",   "types",  "status", "kind",    "category", "count",   "flag", "verified",
                                                   "format", "domain", "id",     "code",    "valid",    "enabled", "sent", "opt",
                                                   "class",  "method", "level",  "allowed", "prefix",   "area",    "mask"};
  return words;
}

// Where: many share it, and what few have is made up anyway.
const std::set<std::string_view> &place_words() {
  static const std::set<std::string_view> words = {"country", "nation", "state", "province", "region",
                                                   "city",    "town",   "place", "continent"};
  return words;
}

// birth_country, place_of_birth, address_city.
bool says_place(const std::vector<std::string> &tokens) {
  auto place = [](const std::string &token) { return place_words().count(token) > 0; };
  return tokens.size() > 1 && (place(tokens.back()) || (tokens.back() == "birth" && place(tokens.front())));
}

const std::set<std::string_view> &person_words() {
  static const std::set<std::string_view> words = {
      "customer",  "employee",  "person",       "people",         "user",        "student",     "teacher",   "actor",
      "author",    "artist",    "director",     "patient",        "member",      "client",      "contact",   "staff",
      "driver",    "player",    "doctor",       "nurse",          "physician",   "instructor",  "professor", "candidate",
      "applicant", "guest",     "host",         "owner",          "tenant",      "participant", "singer",    "coach",
      "pilot",     "passenger", "subscriber",   "resident",       "citizen",     "voter",       "worker",    "agent",
      "manager",   "guardian",  "child",        "parent",         "spouse",      "friend",      "writer",    "editor",
      "producer",  "musician",  "performer",    "athlete",        "swimmer",     "gymnast",     "wrestler",  "rider",
      "cyclist",   "jockey",    "climber",      "candidate",      "lawyer",      "judge",       "officer",   "soldier",
      "visitor",   "victim",    "suspect",      "donor",          "tourist",     "traveler",    "reviewer",  "researcher",
      "scientist", "engineer",  "technician",   "mechanic",       "salesperson", "sailor",      "lender",    "borrower",
      "creditor",  "profile",   "kunde",        "kunden",         "mitarbeiter", "benutzer",    "personen",  "cliente",
      "empleado",  "persona",   "usuario",      "utilisateur",    "personne",    "employe",     "etudiant",  "funcionario",
      "cleric",    "faculty",   "entrepreneur", "representative", "politician",  "president",   "celebrity", "conductor",
      "composer",  "architect", "chef",         "captain",        "women",       "men",         "referee",   "umpire"};
  return words;
}

bool person_table(const Table &table) {
  for (const std::string &token : name_tokens(table.name))
    if (person_words().count(singular(token)) || person_words().count(token)) return true;
  return false;
}

// Columns that only tables of persons have.
bool person_columns(const Table &table, const Column &self) {
  static const std::set<std::string_view> signs = {"gender", "sex",    "age",         "birthdate", "birthday",
                                                   "dob",    "birth",  "firstname",   "lastname",  "surname",
                                                   "email",  "salary", "nationality", "marital",   "geschlecht"};
  for (const Column &column : table.columns) {
    if (column.name == self.name) continue;
    std::vector<std::string> tokens = name_tokens(column.name);
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (signs.count(tokens[i])) return true;
      if (i + 1 < tokens.size() && tokens[i + 1] == "name" && (tokens[i] == "first" || tokens[i] == "last")) return true;
    }
  }
  return false;
}

bool personal_by_name(const Table &table, const Column &column, std::string &why) {
  std::vector<std::string> tokens = name_tokens(column.name);
  bool identity =
      tokens.size() > 1 && tokens.back() == "id" && (tokens[tokens.size() - 2] == "tax" || tokens[tokens.size() - 2] == "national");
  if (identity) return why = "its name says \"" + tokens[tokens.size() - 2] + " id\"", true;
  if (tokens.empty() || (tokens.size() > 1 && neutral_words().count(tokens.back())) || says_place(tokens)) return false;
  for (size_t i = 0; i < tokens.size(); ++i) {
    bool pair = i + 1 < tokens.size() && personal_pairs().count({tokens[i], tokens[i + 1]});
    if (pair || personal_words().count(tokens[i])) {
      why = "its name says \"" + tokens[i] + (pair ? " " + tokens[i + 1] : "") + "\"";
      return true;
    }
  }
  static const std::set<std::string_view> names = {"name", "names", "nom", "nombre", "nome", "naam", "title"};
  bool name = names.count(tokens.back()) && tokens.back() != "title";
  if (name && column.cls == TypeClass::Text) {
    bool own = tokens.size() == 1 || person_words().count(singular(tokens[0]));
    if (own && (person_table(table) || (tokens.size() > 1 && person_words().count(singular(tokens[0])))))
      return why = "it names a person", true;
    if (tokens.size() == 1 && person_columns(table, column)) return why = "a name beside other signs of a person", true;
  }
  // A column called like its table of persons: actors.actor.
  if (tokens.size() == 1 && column.cls == TypeClass::Text && person_words().count(singular(tokens[0])))
    return why = "it names a person", true;
  return false;
}

bool personal_by_comment(const Column &column, std::string &why) {
  std::vector<std::string> tokens = name_tokens(column.comment);
  static const std::set<std::string_view> words = {"email",     "phone",   "telephone", "ssn",      "passport", "iban",
                                                   "birthdate", "surname", "pii",       "personal", "birthday"};
  for (const std::string &token : tokens)
    if (words.count(token)) return why = "its comment says \"" + token + "\"", true;
  return false;
}

size_t digits_in(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

bool is_phone(std::string_view text) {
  size_t digits = digits_in(text);
  if (digits < 7 || digits > 15 || text.size() > 24) return false;
  if (text.find_first_not_of("0123456789+-(). /x") != std::string_view::npos) return false;
  bool date = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  bool decimal = std::count(text.begin(), text.end(), '.') == 1 && digits + 1 == text.size();
  if (date || decimal) return false;
  return text[0] == '+' || text[0] == '(' ||
         (text.find_first_of("- /.") != std::string_view::npos && std::count(text.begin(), text.end(), '-') < 5);
}

bool is_ip(std::string_view text) {
  int parts = 1, value = -1;
  for (char c : text.substr(0, text.find('/'))) {
    if (c == '.') {
      if (value < 0) return false;
      ++parts;
      value = -1;
    } else if (c >= '0' && c <= '9') {
      value = std::max(value, 0) * 10 + (c - '0');
      if (value > 255) return false;
    } else {
      return false;
    }
  }
  return parts == 4 && value >= 0;
}

bool is_iban(std::string_view text) {
  std::string packed;
  for (char c : text)
    if (c != ' ') packed += c;
  if (packed.size() < 15 || packed.size() > 34) return false;
  unsigned rest = 0;
  for (size_t i = 0; i < packed.size(); ++i) {
    char c = packed[(i + 4) % packed.size()];
    if (c >= '0' && c <= '9')
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    else if (c >= 'A' && c <= 'Z')
      rest = (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
    else
      return false;
  }
  return rest == 1 && packed[0] >= 'A' && packed[1] >= 'A';
}

// A payment card number by Luhn's check digit.
bool is_card(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (c != ' ' && c != '-')
      return false;
  }
  if (digits.size() < 13 || digits.size() > 19) return false;
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int d = digits[digits.size() - 1 - i] - '0';
    if (i % 2) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
    sum += d;
  }
  return sum % 10 == 0;
}

bool is_free_text(std::string_view text) { return text.size() >= 40 && std::count(text.begin(), text.end(), ' ') >= 6; }

bool personal_by_content(const SourceColumn &values, std::string &why) {
  struct Sign {
    bool (*matches)(std::string_view);
    double share;
    size_t least;
    const char *what;
  };
  static constexpr Sign signs[] = {{is_email, 0.3, 1, "e-mail addresses"},    {is_phone, 0.7, 2, "phone numbers"},
                                   {is_iban, 0.5, 1, "bank account numbers"}, {is_card, 0.8, 3, "card numbers"},
                                   {is_ip, 0.5, 2, "IP addresses"},           {is_free_text, 0.6, 30, "free text"}};
  std::array<size_t, std::size(signs)> hits{};
  size_t step = std::max<size_t>(1, values.pool.size() / looked_at), seen = 0;
  for (size_t id = 0; id < values.pool.size(); id += step) {
    std::string_view text = without_padding(values.pool[id]);
    if (text.empty()) continue;
    ++seen;
    for (size_t s = 0; s < hits.size(); ++s) hits[s] += signs[s].matches(text);
  }
  for (size_t s = 0; s < hits.size(); ++s)
    if (hits[s] >= signs[s].least && static_cast<double>(hits[s]) >= signs[s].share * static_cast<double>(seen))
      return why = std::string("its values look like ") + signs[s].what, true;
  return false;
}

}  // namespace

bool holds_secret(const Column &column) {
  static const std::set<std::string_view> words = {"password", "passwd", "pwd",     "passwort",   "secret",     "salt",       "otp",
                                                   "pin",      "apikey", "pw",      "contraseña", "pwhash",     "passcode",   "totp",
                                                   "cvv",      "cvc",    "secrets", "passphrase", "credential", "credentials"};
  static const std::set<std::string_view> kinds_of_key = {"api", "private", "auth", "secret", "encryption", "access"};
  std::vector<std::string> tokens = name_tokens(column.name);
  if (column.cls != TypeClass::Text || tokens.empty() || neutral_words().count(tokens.back())) return false;
  for (size_t i = 0; i < tokens.size(); ++i) {
    bool key = (tokens[i] == "token" && (i == 0 ? tokens.size() == 1 : tokens[i - 1] != "device")) ||
               (i > 0 && ((tokens[i] == "key" && kinds_of_key.count(tokens[i - 1])) || (tokens[i] == "phrase" && tokens[i - 1] == "pass")));
    if (key || words.count(tokens[i])) return true;
  }
  return false;
}

bool holds_remarks(const Column &column) {
  static const std::set<std::string_view> words = {"comment", "comments", "remark",    "remarks",  "note",
                                                   "notes",   "feedback", "bemerkung", "anmerkung"};
  const std::vector<std::string> tokens = name_tokens(column.name);
  return std::any_of(tokens.begin(), tokens.end(), [](const std::string &token) { return words.count(token) > 0; });
}

bool names_persons(const Table &table) { return person_table(table); }

bool looks_personal(const Table &table, const Column &column, const SourceColumn &values, std::string &why) {
  if (column.cls == TypeClass::Bool || column.cls == TypeClass::Enum) return false;
  bool dated = is_calendar(column.cls);
  bool number = repr_of(column.cls) != Repr::Text && !dated;
  bool network = column.cls == TypeClass::Network;
  if (column.cls != TypeClass::Text && !dated && !number && !network) return false;
  if (holds_secret(column)) return why = "its name says that it is a secret", true;
  if (network) return why = "addresses of machines lead to persons", true;
  if (number) {
    // Of numbers only those that identify: a phone or card number kept as a number.
    std::vector<std::string> tokens = name_tokens(column.name);
    static const std::set<std::string_view> words = {"phone", "telephone", "mobile", "ssn", "iban", "cardnumber", "creditcard", "fax"};
    for (const std::string &token : tokens)
      if (words.count(token) && !neutral_words().count(tokens.back())) return why = "its name says \"" + token + "\"", true;
    return false;
  }
  if (dated) {
    std::string said;
    return personal_by_name(table, column, said) && said.find("birth") != std::string::npos && (why = said, true);
  }
  return personal_by_name(table, column, why) || personal_by_comment(column, why) || personal_by_content(values, why);
}

}  // namespace relsynth::core
