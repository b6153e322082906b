require "sinatra"

get "/" do
  content_type "text/plain"
  "#{ENV.fetch("GREETING", "Hello")}\n"
end

get "/health" do
  "ok"
end
